if ($caption -like "*2016*") {
    $key = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
} elseif ($caption -like "*2019*") {
    $key = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
} else {
    $key = "C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
}
