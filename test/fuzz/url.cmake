leasehold_fuzz(url SOURCES url_fuzz.cc MODULES http base LIBS Threads::Threads)
leasehold_fuzz(http_head SOURCES http_head_fuzz.cc MODULES http base LIBS Threads::Threads)
