leasehold_fuzz(kube SOURCES kube_fuzz.cc MODULES kube base LIBS Threads::Threads)
