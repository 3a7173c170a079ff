leasehold_fuzz(vault_answer SOURCES vault_answer_fuzz.cc MODULES base json http runtime log tls vault)
