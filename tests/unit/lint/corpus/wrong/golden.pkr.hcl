source "vmware-iso" "server" {
  iso_url  = "server.iso"
  vm_name  = "golden"
}

build {
  sources = ["source.vmware-iso.server"]
  provisioner "powershell" {
    inline = ["slmgr /ipk H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"]
  }
}
