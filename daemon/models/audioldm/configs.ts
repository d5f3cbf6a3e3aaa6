import { z } from 'zod';

const schedulerFields = z.looseObject({
  _class_name: z.literal('DDIMScheduler'),
  num_train_timesteps: z.int().min(1).max(100_000).default(1000),
  beta_start: z.number().positive().default(0.0001),
  beta_end: z.number().positive().default(0.02),
  beta_schedule: z.enum(['linear', 'scaled_linear', 'squaredcos_cap_v2']).default('linear'),
  trained_betas: z.array(z.number().positive().max(1)).min(1).nullable().default(null),
  clip_sample: z.boolean().default(true),
  clip_sample_range: z.number().positive().default(1),
  set_alpha_to_one: z.boolean().default(true),
  steps_offset: z.int().min(0).default(0),
  prediction_type: z.enum(['epsilon', 'v_prediction', 'sample']).default('epsilon'),
  timestep_spacing: z.enum(['leading', 'linspace', 'trailing']).default('leading'),
  // Not used by any AudioLDM; a model that needs them would sound wrong without a word.
  thresholding: z.literal(false).default(false),
  rescale_betas_zero_snr: z.literal(false).default(false),
});
/** diffusers' DDIMScheduler; what a file leaves out has the value that it has there. */
export const schedulerSchema = schedulerFields.refine(
  ({ trained_betas: betas, num_train_timesteps: count }) => betas === null || betas.length === count,
  { path: ['trained_betas'], error: 'expected as many values as num_train_timesteps says' },
);
export type SchedulerConfig = z.output<typeof schedulerSchema>;

/** diffusers' AutoencoderKL over mel spectrograms. */
export const vaeSchema = z.looseObject({
  in_channels: z.literal(1),
  out_channels: z.literal(1),
  latent_channels: z.int().min(1).max(1024),
  block_out_channels: z.array(z.int().positive()).min(1).max(10),
  /** Differs between checkpoints, so there is no default. */
  scaling_factor: z.number().positive(),
  shift_factor: z.number().nullish(),
  latents_mean: z.null().optional(),
  latents_std: z.null().optional(),
});

export const unetSchema = z.looseObject({
  in_channels: z.int().positive(),
  out_channels: z.int().positive(),
  class_embed_type: z.literal('simple_projection'),
  projection_class_embeddings_input_dim: z.int().positive(),
  block_out_channels: z.array(z.int().positive()).min(1),
});

/** transformers' SpeechT5HifiGan. */
export const vocoderSchema = z.looseObject({
  model_type: z.literal('speecht5_hifigan'),
  model_in_dim: z.int().min(1).max(1024),
  sampling_rate: z.int().min(4000).max(192_000),
  upsample_rates: z.array(z.int().min(1).max(1024)).min(1),
});

/** transformers' ClapTextModelWithProjection. */
export const textEncoderSchema = z.looseObject({
  model_type: z.literal('clap_text_model'),
  projection_dim: z.int().positive(),
  max_position_embeddings: z.int().min(4),
  pad_token_id: z.int().min(0).default(1),
});

export const modelIndexSchema = z.looseObject({ _class_name: z.literal('AudioLDMPipeline') });

export const tokenizerConfigSchema = z.looseObject({ model_max_length: z.number().positive().optional() });
