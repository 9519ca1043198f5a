resource "aws_kms_key" "state" {
  description = "state"
}

variable "avma_2022" {
  default = "W3GNR-8DDXR-2TFRP-H8P33-DV9BG"
}
