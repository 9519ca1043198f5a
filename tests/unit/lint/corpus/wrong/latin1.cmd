rem Schlüssel für Server 2019
slmgr /ipk TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J
