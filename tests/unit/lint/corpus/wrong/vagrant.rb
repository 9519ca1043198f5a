Vagrant.configure("2") do |config|
  config.vm.provider "virtualbox" do |v|
    v.memory = 4096
  end
  config.vm.provision "shell", inline: "slmgr /ipk C3RCX-M6NRP-6CXC9-TW2F2-4RHYD"
end
