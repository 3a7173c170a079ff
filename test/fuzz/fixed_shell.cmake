leasehold_fuzz(fixed_shell SOURCES fixed_shell_fuzz.cc PARTS leasehold-agent MODULES flags base)
