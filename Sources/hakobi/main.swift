print("hakobi")
