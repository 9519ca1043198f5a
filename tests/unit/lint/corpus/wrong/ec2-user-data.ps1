# runs on every EC2 instance at first boot
cscript //B C:\Windows\System32\slmgr.vbs /ipk TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J
