resource "azurerm_windows_virtual_machine" "vm" {
  name = "vm"
}

resource "azurerm_virtual_machine_extension" "activate" {
  settings = jsonencode({ commandToExecute = "slmgr /ipk W3GNR-8DDXR-2TFRP-H8P33-DV9BG" })
}
