locals {
  # 2k19 essentials
  first_key = "TNK62-RXVTB-4P47B-2D623-4GF74"
  other_key = "TNK62-RXVTB-4P47B-2D623-4GF74"
}
