ALTER TABLE content_versions
    DROP CONSTRAINT content_versions_media_type_check,
    ADD CONSTRAINT content_versions_media_type_check CHECK (char_length(media_type) BETWEEN 1 AND 127);
