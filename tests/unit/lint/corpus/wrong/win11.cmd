@echo off
:win11
slmgr /ipk W3GNR-8DDXR-2TFRP-H8P33-DV9BG
goto end
:ws2022
slmgr /ipk W3GNR-8DDXR-2TFRP-H8P33-DV9BG
:end
