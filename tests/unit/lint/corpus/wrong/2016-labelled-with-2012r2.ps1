# AVMA keys of the guests
$keys = @{
    "2019_Datacenter" = "H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW"
    "2016_Datacenter" = "Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW"
    "2016_Standard"   = "DBGBW-NPF86-BJVTX-K3WKJ-MTB6V"
}
