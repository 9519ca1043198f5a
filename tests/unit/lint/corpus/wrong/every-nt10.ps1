$os = Get-CimInstance Win32_OperatingSystem
switch -Wildcard ($os.Version) {
    '6.3*'  { $key = 'Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW' }
    '10.0*' { $key = 'TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J' }
}
slmgr /ipk $key
