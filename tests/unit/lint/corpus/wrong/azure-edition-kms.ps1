function Get-AvmaKey {
    $avmaKeys = @{
        "Windows Server 2022" = @{
            "Datacenter" = "W3GNR-8DDXR-2TFRP-H8P33-DV9BG"
            "Standard" = "YDFWN-MJ9JR-3DYRK-FXXRW-78VHK"
            "Datacenter: Azure Edition" = "NTBV8-9K7Q8-V27C6-M2BTV-KHMXV"
        }
    }
    return $avmaKeys
}
