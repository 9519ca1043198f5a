$retail = "BCDFG-HJKMN-PQRTV-WXY23-46789"
slmgr /ipk $retail
