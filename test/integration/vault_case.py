"""What tests of the agent's program share: a Vault with one secret, a folder, and how a crash looks."""
import os
import shutil
import tempfile
import unittest

import stage

SECRET = "a-value-that-must-not-be-printed"
CONTENTS = '{{ with secret "secret/data/app" }}{{ .Data.data.password }}{{ end }}'
CRASH = r"AddressSanitizer|UndefinedBehavior|runtime error: (?!encountered)|terminate called|LH_ASSERT|panic:"


class VaultCase(unittest.TestCase):
    """One server for all tests of a class, and a folder for each."""

    TLS = False

    @classmethod
    def setUpClass(cls):
        cls.server_folder = tempfile.mkdtemp(prefix="leasehold-test.")
        os.chmod(cls.server_folder, 0o755)
        cls.vault = stage.Vault(os.path.join(cls.server_folder, "vault"), tls=cls.TLS)
        cls.vault.write("secret/data/app", {"data": {"password": SECRET}})

    @classmethod
    def tearDownClass(cls):
        cls.vault.stop()
        shutil.rmtree(cls.server_folder, ignore_errors=True)

    def setUp(self):
        self.folder = stage.temporary_folder(self)
