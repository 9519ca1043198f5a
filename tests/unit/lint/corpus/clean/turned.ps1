if ($platform -ne 'vmware') {
    slmgr /ipk TNK62-RXVTB-4P47B-2D623-4GF74
}
