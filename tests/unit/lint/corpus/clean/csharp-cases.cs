case "Windows Server 2012 R2 SERVERSTANDARDCORE":
    return "DBGBW-NPF86-BJVTX-K3WKJ-MTB6V";
case "Windows Server 2012 R2 SERVERDATACENTER":
    return "Y4TGP-NPTV9-HTC2H-7MGQ3-DV4TW";
case "Windows Server 2019 ServerSolution":
    return "2CTP7-NHT64-BP62M-FV6GG-HFV28";
