"""What planning tells people by mail: a step of a stage, a window that closes, a finding."""
