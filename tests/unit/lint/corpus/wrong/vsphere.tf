resource "vsphere_virtual_machine" "web" {
  name = "web01"
  clone {
    customize {
      windows_options {
        computer_name = "web01"
        product_key   = "W3GNR-8DDXR-2TFRP-H8P33-DV9BG"
      }
    }
  }
}
