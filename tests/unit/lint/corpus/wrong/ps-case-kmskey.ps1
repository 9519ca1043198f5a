switch ($OSVersion) {
    "WS2022" { $vhd = "WS2022-G2.vhdx"; $KMSKey = "W3GNR-8DDXR-2TFRP-H8P33-DV9BG" }
    Default { $vhd = "WIN.vhdx" }
}
