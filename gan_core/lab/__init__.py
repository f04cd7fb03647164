"""The 2-D lab: small games on points, trained in an engine process and watched many times a second."""
