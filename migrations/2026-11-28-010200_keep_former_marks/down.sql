DROP TABLE former_external_ids;
DROP TABLE former_mail_addresses;
