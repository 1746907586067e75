DROP INDEX "worker_heartbeat";--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "rival" jsonb;--> statement-breakpoint
ALTER TABLE "worker" ADD COLUMN "rival_at" timestamp with time zone;