if "%mode%"=="avma" (
    slmgr /ipk H3RNG-8C32Q-Q8FRX-6TDXV-WMBMW
) else (
    slmgr /ipk WMDGN-G9PQG-XVVXX-R3X43-63DFG
    slmgr /skms kms.example.test
)
