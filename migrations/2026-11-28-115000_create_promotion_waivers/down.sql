DROP TABLE promotion_waivers;
