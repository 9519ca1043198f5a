variable "gvlk" {
  description = "GVLK of Windows Server 2022"
  default     = "W3GNR-8DDXR-2TFRP-H8P33-DV9BG"
}
