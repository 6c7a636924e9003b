import MinimalLog

infof("hello")
