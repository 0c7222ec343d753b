DROP TABLE suspension_ends;
DROP TABLE scale_results;
DROP TABLE checkins;
