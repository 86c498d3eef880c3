DROP TABLE programme_privileges;
