DROP TABLE role_grants;
DROP TABLE api_clients;
