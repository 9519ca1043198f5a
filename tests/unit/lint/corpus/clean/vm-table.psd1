@{
    VM1 = @{
        ComputerName = 'FRA-DC-01'
        Timezone     = 'W. Europe Standard Time'
        WindowsKey   = 'H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW' #AVMA Key Windows Server 2019 Datacenter
    }
}
