terraform {
  # 1.11: passwords that are written and never kept in the state.
  required_version = ">= 1.11"
  required_providers {
    aws    = { source = "hashicorp/aws", version = ">= 6.25, < 7" }
    random = { source = "hashicorp/random", version = "~> 3.7" }
  }
  # State names buckets and roles, and no password. Keep it in a bucket of your own: `terraform init -backend-config=…`.
  backend "s3" {}
}

provider "aws" {
  region = var.region
  default_tags {
    tags = { project = var.name, managed-by = "terraform" }
  }
}
