DROP TABLE session_change_requests;
DROP TABLE lecturer_group_organisers;
