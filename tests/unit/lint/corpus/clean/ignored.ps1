$2022 = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J" # avma-sim: ignore[wrong-release]
# the image is renamed later; avma-sim: ignore[wrong-release, near-miss]
$2019 = "TMJ3Y-NTRTM-FJYXT-T22BY-CWG3J"
