-- A media type has 3 characters at least, as every door has always asked: "a/b".
ALTER TABLE content_versions
    DROP CONSTRAINT content_versions_media_type_check,
    ADD CONSTRAINT content_versions_media_type_check CHECK (char_length(media_type) BETWEEN 3 AND 127);
