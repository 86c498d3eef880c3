DROP TABLE mentorship_notes;
DROP TABLE mentorships;
DROP TABLE mentor_offers;
