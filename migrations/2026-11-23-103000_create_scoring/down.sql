DROP TABLE external_metric_values;
