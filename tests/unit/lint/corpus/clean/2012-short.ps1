If ($caption.Contains('2012')) {
    dism /online /Set-Edition:ServerStandard /ProductKey:DBGBW-NPF86-BJVTX-K3WKJ-MTB6V
} ElseIf ($caption.Contains('2016')) {
    dism /online /Set-Edition:ServerStandard /ProductKey:C3RCX-M6NRP-6CXC9-TW2F2-4RHYD
}
