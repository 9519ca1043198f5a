source "hyperv-iso" "server" {
  vm_name = "ws2019"
}

source "virtualbox-iso" "server" {
  vm_name = "ws2019"
}

variable "avma_key" {
  description = "AVMA key of Server 2019 Datacenter, for the hyperv-iso source only"
  default     = "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"
}
