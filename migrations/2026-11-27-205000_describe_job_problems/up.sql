COMMENT ON COLUMN jobs.problem IS 'The problem document in English, when it failed; its member zh-CN has title, detail and errors in Chinese.';
