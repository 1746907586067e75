DROP INDEX "workflow_by_created";--> statement-breakpoint
DROP INDEX "workflow_by_name";--> statement-breakpoint
DROP INDEX "workflow_by_train_accuracy_down";--> statement-breakpoint
DROP INDEX "workflow_by_train_accuracy_up";--> statement-breakpoint
DROP INDEX "workflow_by_validation_accuracy_down";--> statement-breakpoint
DROP INDEX "workflow_by_validation_accuracy_up";--> statement-breakpoint
DROP INDEX "workflow_by_duration_ms_down";--> statement-breakpoint
DROP INDEX "workflow_by_duration_ms_up";--> statement-breakpoint
CREATE INDEX "workflow_by_created" ON "workflow" USING btree ("status","created_at","id");--> statement-breakpoint
CREATE INDEX "workflow_by_name" ON "workflow" USING btree ("status",name_key COLLATE "C","id");--> statement-breakpoint
CREATE INDEX "workflow_by_train_accuracy_down" ON "workflow" USING btree ("status",coalesce(train_accuracy, '-Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_train_accuracy_up" ON "workflow" USING btree ("status",coalesce(train_accuracy, 'Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_validation_accuracy_down" ON "workflow" USING btree ("status",coalesce(validation_accuracy, '-Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_validation_accuracy_up" ON "workflow" USING btree ("status",coalesce(validation_accuracy, 'Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_duration_ms_down" ON "workflow" USING btree ("status",coalesce(duration_ms, '-Infinity'::float8),"id");--> statement-breakpoint
CREATE INDEX "workflow_by_duration_ms_up" ON "workflow" USING btree ("status",coalesce(duration_ms, 'Infinity'::float8),"id");