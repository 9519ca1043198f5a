slmgr /ipk TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J
slmgr /skms kms.example.test:1688
slmgr /ato
