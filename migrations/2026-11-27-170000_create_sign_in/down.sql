DROP TABLE access_changes;
DROP TABLE sign_in_bindings;
