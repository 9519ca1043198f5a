source "vmware-iso" "server" {
  floppy_content = { "key.txt" = "WMDGN-G9PQG-XVVXX-R3X43-63DFG" }
}
