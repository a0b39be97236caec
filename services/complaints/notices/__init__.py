"""What officers and reporters are told of cases and other matters, without anything of their content."""
