leasehold_fuzz(scalars SOURCES scalars_fuzz.cc MODULES base)
