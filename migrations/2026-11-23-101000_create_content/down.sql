DROP TABLE reuse_events;
DROP TABLE content_versions;
DROP TABLE content_authors;
DROP TABLE contents;
